import '@angular/compiler';
import { NgModule, provideZonelessChangeDetection } from '@angular/core';
import { getTestBed } from '@angular/core/testing';
import { BrowserTestingModule, platformBrowserTesting } from '@angular/platform-browser/testing';

class Zoneless {}
NgModule({ providers: [provideZonelessChangeDetection()] })(Zoneless);

getTestBed().initTestEnvironment([BrowserTestingModule, Zoneless], platformBrowserTesting());
